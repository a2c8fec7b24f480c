import { CloudOff } from "lucide-react";
import { connection } from "~/api/connection";
import { useStore } from "~/api/store";
import layout from "~/layout/layout.module.css";
import { Message } from "./Message";

/** Instead of a page that is being loaded. */
export function PageLoading() {
  const { state } = useStore(connection);
  if (state !== "away") return <div className={layout.loading} aria-busy="true" />;
  return (
    <section className={layout.card}>
      <Message icon={<CloudOff size={32} />} alone title="CSV Processor does not answer">
        This page is loaded as soon as it answers again.
      </Message>
    </section>
  );
}
