import { moment, NOTHING } from "~/format";
import { useNow } from "~/states/time";
import { age } from "./age";
import css from "./sensors.module.css";

const DAY = 86_400_000;

/** How long ago the last reading is; after a day without one it is marked. */
export function Age({ last }: { last: string | null }) {
  const now = useNow();
  if (last === null) return <>{NOTHING}</>;
  const silent = now - Date.parse(last);
  return (
    <time
      dateTime={last}
      title={`Last reading ${moment(last)} UTC`}
      className={silent > DAY ? css.silent : undefined}
    >
      {age(silent)}
    </time>
  );
}
