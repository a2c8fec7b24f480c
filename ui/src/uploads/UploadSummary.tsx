import { Link } from "wouter";
import { FILES } from "~/addresses";
import { bytes, count } from "~/format";
import { useUploadItems } from "./context";
import type { Upload } from "./uploads";
import css from "./uploads.module.css";

/** How far several uploads are, on every page: "12 of 44", in files and as a bar of bytes. */
export function UploadSummary() {
  const items = useUploadItems();
  const refused = items.filter(({ stage }) => stage.name === "refused").length;
  const done = items.filter(({ stage }) => stage.name === "arrived").length + refused;
  if (done === items.length && refused === 0) return null;
  const sent = sum(items.map(sentOf));
  const size = sum(items.map(({ file }) => file.size));
  const words =
    done === items.length
      ? `${count(refused)} of ${count(items.length)} not taken`
      : `Sending ${count(done)} of ${count(items.length)}`;
  return (
    <Link
      href={FILES}
      className={css.summary}
      title={`${bytes(sent)} of ${bytes(size)} sent`}
      aria-label={`Uploads: ${words}`}
    >
      <span>{words}</span>
      <progress max={Math.max(size, 1)} value={sent} aria-hidden />
    </Link>
  );
}

function sentOf({ file, stage }: Upload): number {
  switch (stage.name) {
    case "queued":
      return 0;
    case "sending":
      return stage.sent;
    default:
      return file.size;
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
