import { ChartLine } from "lucide-react";
import { Problem } from "~/api/problems";
import { Failure, Message } from "~/states/Message";

/** Why there are no readings to draw. */
export function NoReadings({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const code = error instanceof Problem ? error.code : "";
  if (code === "readings_not_stored") {
    return (
      <Message icon={<ChartLine size={28} />} title="No readings of this file">
        {error.message}
      </Message>
    );
  }
  if (code === "readings_off" || (error instanceof Problem && error.status === 404)) {
    return (
      <Message icon={<ChartLine size={28} />} title="Readings are off">
        Only results are kept here, not the single rows. Started with <code>READINGS=on</code>,
        every valid row of files that come in from then on is kept too, and drawn here.
      </Message>
    );
  }
  return <Failure error={error} onRetry={onRetry} />;
}
