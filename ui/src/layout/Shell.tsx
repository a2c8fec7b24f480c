import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { KeyRound, Moon, Sun } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { FILES, PROFILES, SENSORS, SQL, STATUS, WEBHOOKS } from "~/addresses";
import { keyState, setKey } from "~/api/key";
import { followFiles } from "~/api/live";
import { useStore } from "~/api/store";
import { FinderKey } from "~/finder/FinderKey";
import { AwayBanner } from "~/states/AwayBanner";
import { DropTarget } from "~/uploads/DropTarget";
import { UploadSummary } from "~/uploads/UploadSummary";
import { KeyForm } from "./KeyForm";
import css from "./layout.module.css";

/** The frame of every page. */
export function Shell({ children }: { children: ReactNode }) {
  const key = useStore(keyState);
  const [location] = useLocation();
  const main = useRef<HTMLElement>(null);
  useFollowing(key.key, key.needed);
  useEffect(() => {
    // Its answer, in newer browsers a promise, would be taken as what to do at the end.
    window.scrollTo({ top: 0 });
  }, [location]);
  const inFiles = location === FILES || location.startsWith("/files/");
  return (
    <>
      <a
        className={css.skip}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header className={css.bar}>
        <div className={css.barInner}>
          <Link href={FILES} className={css.brand} aria-label="CSV Processor">
            <img src="/favicon.svg" width={28} height={28} alt="" />
            <span>CSV Processor</span>
          </Link>
          <nav className={css.nav} aria-label="Main">
            <Link href={FILES} aria-current={inFiles ? "page" : undefined}>
              Files
            </Link>
            <Link href={SENSORS} aria-current={location.startsWith("/sensor") ? "page" : undefined}>
              Sensors
            </Link>
            <Link href={PROFILES} aria-current={location.startsWith(PROFILES) ? "page" : undefined}>
              Profiles
            </Link>
            <Link href={SQL} aria-current={location === SQL ? "page" : undefined}>
              SQL
            </Link>
            <Link href={WEBHOOKS} aria-current={location.startsWith(WEBHOOKS) ? "page" : undefined}>
              Webhooks
            </Link>
            <Link href={STATUS} aria-current={location === STATUS ? "page" : undefined}>
              Status
            </Link>
            <a href="/docs">API</a>
          </nav>
          <UploadSummary />
          {key.key !== null && !key.needed && (
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              leftSection={<KeyRound size={14} />}
              onClick={() => setKey(null)}
            >
              Forget key
            </Button>
          )}
          {!key.needed && <FinderKey />}
          <SchemeToggle />
        </div>
        <AwayBanner />
      </header>
      <main ref={main} id="main" className={css.main} tabIndex={-1}>
        {key.needed ? <KeyForm refused={key.key !== null} /> : children}
      </main>
      {!key.needed && <DropTarget />}
    </>
  );
}

function useFollowing(key: string | null, needed: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (needed) return;
    const stop = new AbortController();
    void followFiles(client, stop.signal);
    return () => stop.abort();
  }, [client, key, needed]);
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme({
    // Holding transitions back takes a <style> element, which the page's policy does not allow.
    keepTransitions: true,
  });
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  const label = `Change to ${other} colours`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(other)}
    >
      {scheme === "dark" ? <Sun size={18} /> : <Moon size={18} />}
    </ActionIcon>
  );
}
