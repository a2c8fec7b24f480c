import { Suspense, useEffect, useState } from "react";
import { Upload } from "lucide-react";
import { useStore } from "~/api/store";
import { part } from "~/states/parts";
import { useIntake } from "./context";
import css from "./uploads.module.css";

const ImportDialog = part(() => import("./ImportDialog"));

/** Takes files that are dropped anywhere on the page, and shows that it would. */
export function DropTarget() {
  const intake = useIntake();
  const [question] = useStore(intake.questions);
  const [over, setOver] = useState(false);
  useEffect(() => {
    // Entering a child comes before leaving its parent: over until as many were left as entered.
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth -= 1;
      if (depth <= 0) setOver(false);
    };
    const move = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      void intake.take([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", move);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", move);
      window.removeEventListener("drop", drop);
    };
  }, [intake]);
  if (question !== undefined) {
    return (
      <Suspense fallback={null}>
        <ImportDialog key={question.id} question={question} />
      </Suspense>
    );
  }
  if (!over) return null;
  return (
    <div className={css.over} aria-hidden>
      <div className={css.overBox}>
        <Upload size={36} />
        <span>Let go to send</span>
      </div>
    </div>
  );
}
