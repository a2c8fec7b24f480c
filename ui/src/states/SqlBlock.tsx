import { Link } from "wouter";
import { sqlHref } from "~/addresses";
import { CopyButton } from "./CopyButton";
import css from "./sql.module.css";

export function SqlBlock({ title, sql }: { title: string; sql: string }) {
  return (
    <figure className={css.block}>
      <figcaption>
        <h3>{title}</h3>
        <span className={css.buttons}>
          <Link href={sqlHref(sql)}>Open in SQL</Link>
          <CopyButton text={sql} />
        </span>
      </figcaption>
      <pre tabIndex={0} aria-label={`SQL: ${title}`}>
        <code>{sql}</code>
      </pre>
    </figure>
  );
}
