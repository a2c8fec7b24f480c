import type { ReactNode } from "react";
import css from "./layout.module.css";

/** A part of a page with a heading; `bare` where its content goes from edge to edge. */
export function Card(props: {
  title: ReactNode;
  aside?: ReactNode;
  bare?: boolean;
  children: ReactNode;
}) {
  return (
    <section className={css.card}>
      <header className={css.cardHeader}>
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.bare ? props.children : <div className={css.cardBody}>{props.children}</div>}
    </section>
  );
}
