import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, Pencil, SearchX, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { profileHref, PROFILES } from "~/addresses";
import { Problem } from "~/api/problems";
import type { Profile } from "~/api/schema";
import { Card } from "~/layout/Card";
import { Dialog } from "~/layout/Dialog";
import layout from "~/layout/layout.module.css";
import { inWords, labelOf } from "~/options/readOptions";
import { Failure, Message } from "~/states/Message";
import { PageLoading } from "~/states/PageLoading";
import { Moment } from "~/states/time";
import { EarlierFiles } from "./EarlierFiles";
import { EditDialog } from "./EditDialog";
import { CONDITIONS, deleteProfile, draftOf, profileQuery, versionsQuery } from "./queries";
import css from "./profiles.module.css";

/** One profile: what it matches, its options, its versions, and what it does to earlier files. */
export function ProfileView({ name }: { name: string }) {
  const query = useQuery(profileQuery(name));
  useEffect(() => {
    document.title = `${name} · CSV Processor`;
  }, [name]);
  if (query.isPending) return <PageLoading />;
  if (query.error instanceof Problem && query.error.status === 404) {
    return (
      <section className={layout.card}>
        <Message
          icon={<SearchX size={32} />}
          alone
          title="There is no such profile"
          actions={<Link href={PROFILES}>To the profiles</Link>}
        >
          It was deleted, or its address is mistyped.
        </Message>
      </section>
    );
  }
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return <Shown profile={query.data} />;
}

type Doing = "edit" | "copy" | "delete" | null;

function Shown({ profile }: { profile: Profile }) {
  const [doing, setDoing] = useState<Doing>(null);
  const [checking, setChecking] = useState(false);
  const [, goTo] = useLocation();
  const close = () => setDoing(null);
  return (
    <>
      <div className={css.top}>
        <div>
          <nav className={css.crumbs} aria-label="Breadcrumb">
            <Link href={PROFILES}>Profiles</Link> <span aria-hidden>/</span>
          </nav>
          <h1 className={css.name}>{profile.name}</h1>
          <p className={css.hint}>
            {profile.built_in ? "Built in" : `Version ${profile.version.toString()}`}
            {profile.title !== "" && ` · ${profile.title}`}
          </p>
        </div>
        <div className={css.buttons}>
          {!profile.built_in && (
            <Button leftSection={<Pencil size={16} />} onClick={() => setDoing("edit")}>
              Edit…
            </Button>
          )}
          <Button
            variant="default"
            leftSection={<Copy size={16} />}
            onClick={() => setDoing("copy")}
          >
            Copy…
          </Button>
          {!profile.built_in && (
            <Button
              variant="default"
              className={css.danger}
              leftSection={<Trash2 size={16} />}
              onClick={() => setDoing("delete")}
            >
              Delete…
            </Button>
          )}
        </div>
      </div>
      <Card title="Files that it is for">
        <Facts entries={conditionsOf(profile)} none="None: it is used by its name only." />
      </Card>
      <Card title="How they are read">
        <Facts
          entries={Object.entries(draftOf(profile).options).map(([option, value]) => [
            labelOf(option),
            value,
          ])}
          none="Everything is detected."
        />
      </Card>
      {!profile.built_in && (
        <>
          <Card title="Earlier files">
            {checking ? (
              <EarlierFiles key={profile.version} name={profile.name} draft={null} />
            ) : (
              <Button variant="default" onClick={() => setChecking(true)}>
                Check earlier files
              </Button>
            )}
          </Card>
          <Versions profile={profile} />
        </>
      )}
      {doing === "edit" && (
        <EditDialog
          title={`Edit ${profile.name}`}
          name={profile.name}
          version={profile.version}
          draft={draftOf(profile)}
          onClose={close}
          onSaved={() => {
            close();
            setChecking(true);
          }}
        />
      )}
      {doing === "copy" && (
        <EditDialog
          title={`Copy ${profile.name}`}
          name=""
          version={null}
          draft={draftOf(profile)}
          onClose={close}
          onSaved={(saved) => goTo(profileHref(saved.name))}
        />
      )}
      {doing === "delete" && <DeleteDialog name={profile.name} onClose={close} />}
    </>
  );
}

function conditionsOf(profile: Profile): [string, string][] {
  const { match } = draftOf(profile);
  const found = CONDITIONS.map(({ name, label }): [string, string] => [label, match[name]]);
  if (profile.match.exact) found.push(["The header has no other names", "yes"]);
  return found.filter(([, text]) => text !== "");
}

function Facts({
  entries,
  none,
}: {
  entries: readonly (readonly [string, string])[];
  none: string;
}) {
  if (entries.length === 0) return <p className={css.hint}>{none}</p>;
  return (
    <dl className={css.facts}>
      {entries.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Versions({ profile }: { profile: Profile }) {
  const query = useQuery(versionsQuery(profile.name));
  return (
    <Card title="Versions">
      <ul className={css.list}>
        {(query.data?.items ?? []).map((one) => (
          <li key={one.version}>
            <span className={css.strong}>Version {one.version}</span>
            <span className={css.hint}>
              <Moment at={one.changed_at} />
            </span>
            <span>{one.deleted ? "deleted" : summary(one)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function summary(profile: Profile): string {
  return inWords(draftOf(profile).options, " · ");
}

function DeleteDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const client = useQueryClient();
  const [, goTo] = useLocation();
  const deletion = useMutation({
    mutationFn: () => deleteProfile(client, name),
    onSuccess: () => goTo(PROFILES),
  });
  return (
    <Dialog
      title={`Delete ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={deletion.isPending} onClick={() => deletion.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      <p>
        Files that are sent from now on are read without it. Those that were read with it stay as
        they are.
      </p>
      {deletion.error && (
        <p role="alert" className={css.error}>
          {deletion.error.message}
        </p>
      )}
    </Dialog>
  );
}
