import { Link } from "wouter";
import { sensorHref } from "~/addresses";
import css from "./sensors.module.css";

// Characters at the end of a long name that are cut off last, and from their beginning.
const END = 20;
const LEAST = 8;

/** The next beginning of a word from `at` on, if some characters remain after it. */
function wholeWord(id: string, at: number): number {
  if (at <= 0) return at;
  const next = id.slice(at, -LEAST).search(/[-_. ]/);
  return next === -1 ? at : at + next;
}

/** A name whose end stays visible: sensors of one place differ there. */
export function SensorName({ id }: { id: string }) {
  const cut = Math.max(id.lastIndexOf("/"), wholeWord(id, id.length - END), 0);
  return (
    <Link href={sensorHref(id)} className={`${css.name} ${css.split}`} title={id} aria-label={id}>
      <span>{id.slice(0, cut)}</span>
      <span>
        <bdi>{id.slice(cut)}</bdi>
      </span>
    </Link>
  );
}
