import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { request } from "~/api/client";
import { connection } from "~/api/connection";
import { useStore } from "~/api/store";
import css from "./states.module.css";

const ASK_AGAIN_MS = 2000;

/** Asks whether the API answers; `connection` hears the result. */
function ask() {
  request("/health/ready").catch(() => undefined);
}

/** Shows that the API or a service it needs is unavailable; polls until it recovers, then refetches everything. */
export function AwayBanner() {
  const now = useStore(connection);
  const client = useQueryClient();
  const wasUp = useRef(true);
  const up = now.state === "up";
  useEffect(() => {
    if (up) {
      if (!wasUp.current) void client.invalidateQueries();
      wasUp.current = true;
      return;
    }
    wasUp.current = false;
    const timer = setInterval(ask, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [up, client]);
  // An open stream of events outlives the network for a while; the browser knows at once.
  useEffect(() => {
    window.addEventListener("offline", ask);
    window.addEventListener("online", ask);
    return () => {
      window.removeEventListener("offline", ask);
      window.removeEventListener("online", ask);
    };
  }, []);
  return (
    <div role="status">
      {!up && (
        <div className={css.away}>
          <CloudOff size={18} aria-hidden />
          {now.state === "away"
            ? "CSV Processor does not answer. What you see may be old; asking again…"
            : `${now.detail} Asking again…`}
        </div>
      )}
    </div>
  );
}
