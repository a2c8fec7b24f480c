import { ChartLine } from "lucide-react";
import { Card } from "~/layout/Card";
import { Message } from "~/states/Message";

/** Values of the file's rows over time, where single readings are kept. */
export function ValuesOverTime() {
  return (
    <Card title="Values over time">
      <Message icon={<ChartLine size={28} />} title="Readings are off">
        Only results are kept here, not the single rows. Started with <code>READINGS=on</code>,
        every valid row of files that come in from then on is kept too, and drawn here.
      </Message>
    </Card>
  );
}
