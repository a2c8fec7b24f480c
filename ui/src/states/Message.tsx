import { Button } from "@mantine/core";
import { CloudOff, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Away, Problem } from "~/api/problems";
import css from "./states.module.css";

/** An empty state or an error: the reason, and what to do. */
export function Message(props: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** It is all there is on the page, so its title is that of the page. */
  alone?: boolean;
}) {
  const Title = props.alone ? "h1" : "h2";
  return (
    <div className={css.message}>
      {props.icon}
      <Title>{props.title}</Title>
      {props.children !== undefined && <p>{props.children}</p>}
      {props.actions !== undefined && <div className={css.actions}>{props.actions}</div>}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const away = error instanceof Away;
  return (
    <div role="alert">
      <Message
        icon={away ? <CloudOff size={32} /> : <TriangleAlert size={32} />}
        title={away ? "CSV Processor does not answer" : titleOf(error)}
        actions={
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        }
      >
        {away
          ? "It may be starting, or the network may be down. This page asks again by itself."
          : error.message}
      </Message>
    </div>
  );
}

function titleOf(error: Error): string {
  return error instanceof Problem ? error.title : "Something went wrong on this page";
}

export function Note(props: {
  kind: "red" | "amber" | "blue";
  icon: ReactNode;
  children: ReactNode;
}) {
  const kinds = { red: css.noteRed, amber: css.noteAmber, blue: css.noteBlue };
  return (
    <div className={`${css.note} ${kinds[props.kind] ?? ""}`} role="note">
      {props.icon}
      <div>{props.children}</div>
    </div>
  );
}
