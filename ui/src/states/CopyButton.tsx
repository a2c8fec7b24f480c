import { Button } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={copied ? <Check size={14} /> : <Copy size={14} />}
      onClick={() => void copy(text).then(setCopied)}
    >
      <span aria-live="polite">
        {copied === null ? label : copied ? "Copied" : "Select it and copy by hand"}
      </span>
    </Button>
  );
}

/** Browsers give the clipboard to pages from https or this machine only. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
