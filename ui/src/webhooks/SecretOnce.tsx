import { Button } from "@mantine/core";
import { Copy } from "lucide-react";
import { useState } from "react";
import { Dialog } from "~/layout/Dialog";
import css from "./webhooks.module.css";

/** The secret that signs messages, which the service shows once. */
export function SecretOnce({ secret, onClose }: { secret: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  };
  return (
    <Dialog
      title="The secret of the webhook"
      onClose={onClose}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<Copy size={16} />}
            onClick={() => void copy().catch(() => setCopied(false))}
          >
            {copied ? "Copied" : "Copy"}
          </Button>
          <Button onClick={onClose}>Done</Button>
        </>
      }
    >
      <p>The receiver checks messages with it. It is not shown again; keep it in a safe place.</p>
      <pre className={css.secret} tabIndex={0} aria-label="Secret">
        {secret}
      </pre>
    </Dialog>
  );
}
