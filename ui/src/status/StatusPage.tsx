import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "wouter";
import { fileHref, WEBHOOKS } from "~/addresses";
import type { ServiceStatus } from "~/api/schema";
import { bytes, count, duration } from "~/format";
import { Card } from "~/layout/Card";
import { Figures } from "~/layout/Figures";
import { Failure } from "~/states/Message";
import { PageLoading } from "~/states/PageLoading";
import { DeadLetters } from "./DeadLetters";
import { Operations } from "./Operations";
import { Retention } from "./Retention";
import { PART_NAMES, State } from "./State";
import { statusQuery } from "./queries";
import css from "./status.module.css";

const TITLES = {
  ready: "Everything works",
  degraded: "It works, with a limitation",
  "not ready": "Uploads are not taken",
};

/** The service: its parts and workers, what waits, dead letters and disks. */
export default function StatusPage() {
  const query = useQuery(statusQuery());
  useEffect(() => {
    document.title = "Status · CSV Processor";
  }, []);
  const status = query.data;
  if (status === undefined) {
    return query.isError ? (
      <Failure error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <PageLoading />
    );
  }
  return (
    <>
      <div className={css.top}>
        <div>
          <h1>Status</h1>
          <p className={css.hint}>
            Version {status.version}, checked every two seconds.{" "}
            <Link href={WEBHOOKS}>Webhooks</Link> notify of files that end.
          </p>
        </div>
        <State state={status.status} label={TITLES[status.status]} />
      </div>
      <Figures figures={figuresOf(status)} />
      <div className={css.columns}>
        <div className={css.column}>
          <Parts status={status} />
          <Operations />
          <Retention />
        </div>
        <div className={css.column}>
          <Workers status={status} />
          <Waiting status={status} />
          <Disks status={status} />
        </div>
      </div>
      <DeadLetters counts={status.dead_letters} />
    </>
  );
}

function figuresOf(status: ServiceStatus) {
  const workers = status.workers ?? [];
  const ready = workers.filter((worker) => worker.ready).length;
  const lag = status.lag && Object.values(status.lag).reduce((sum, n) => sum + n, 0);
  const letters = status.dead_letters?.not_announced;
  return [
    {
      label: "Workers ready",
      value: status.workers ? `${count(ready)} of ${count(workers.length)}` : "–",
      alarming: ready < Math.max(workers.length, 1),
    },
    { label: "Files waiting", value: count(status.files?.waiting) },
    {
      label: "Oldest waits for",
      value: status.oldest_waiting ? duration(status.oldest_waiting.waiting_seconds * 1000) : "–",
    },
    { label: "Messages waiting", value: count(lag) },
    { label: "Dead letters", value: count(letters), alarming: (letters ?? 0) > 0 },
  ];
}

function Parts({ status }: { status: ServiceStatus }) {
  return (
    <Card title="Parts">
      <ul className={css.list} aria-label="Parts">
        <li>
          <span className={css.name}>API</span>
          <State state={Object.keys(status.lost_tasks).length > 0 ? "degraded" : "ready"} />
          {Object.entries(status.lost_tasks).map(([task, why]) => (
            <p key={task} className={css.reason}>
              The task {task} fails: {why}
            </p>
          ))}
        </li>
        {Object.entries(status.parts).map(([name, part]) => (
          <li key={name}>
            <span className={css.name}>{PART_NAMES[name] ?? name}</span>
            <State state={part.ready ? "ready" : part.required ? "not ready" : "degraded"} />
            {(part.reason ?? part.detail) !== null && (
              <p className={part.ready ? css.detail : css.reason}>{part.reason ?? part.detail}</p>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Workers({ status }: { status: ServiceStatus }) {
  return (
    <Card title="Workers">
      {status.workers === null ? (
        <p className={css.hint}>The broker does not answer.</p>
      ) : status.workers.length === 0 ? (
        <p className={css.reason}>None runs. Uploads are taken, and wait.</p>
      ) : (
        <ul className={css.list} aria-label="Workers">
          {status.workers.map((worker, k) => (
            <li key={`${worker.name} ${k}`}>
              <span className={css.name}>{worker.name.replace(/^https?:\/\//, "")}</span>
              <State state={worker.ready ? "ready" : "not ready"} />
              {worker.reason !== null && <p className={css.reason}>{worker.reason}</p>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Waiting({ status }: { status: ServiceStatus }) {
  const oldest = status.oldest_waiting;
  return (
    <Card title="Waiting">
      {oldest !== null && (
        <p className={css.oldest}>
          Longest:{" "}
          <Link href={fileHref(oldest.file_id)} className={css.link}>
            {oldest.filename}
          </Link>
          , for {duration(oldest.waiting_seconds * 1000)}
        </p>
      )}
      {status.lag === null ? (
        <p className={css.hint}>The broker does not answer.</p>
      ) : (
        <dl className={css.facts}>
          {Object.entries(status.lag).map(([topic, messages]) => (
            <div key={topic}>
              <dt>{topic}</dt>
              <dd>{count(messages)}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}

function Disks({ status }: { status: ServiceStatus }) {
  if (status.disks === null || status.disks.length === 0) return null;
  return (
    <Card title="Disks">
      <ul className={css.disks} aria-label="Disks">
        {status.disks.map((disk) => (
          <li key={disk.name}>
            <span className={css.wrap}>{disk.name}</span>
            <span className={css.track} aria-hidden>
              <span
                data-full={disk.full}
                style={{ width: `${100 * (1 - disk.free_bytes / disk.total_bytes)}%` }}
              />
            </span>
            <span className={disk.full ? css.reason : css.detail}>
              {bytes(disk.free_bytes)} of {bytes(disk.total_bytes)} free
              {disk.full && ": full"}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
