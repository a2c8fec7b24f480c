import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { RemovableByRule } from "~/api/schema";
import { bytes, plural } from "~/format";
import { Card } from "~/layout/Card";
import { Failure } from "~/states/Message";
import { Ago } from "~/states/time";
import { retentionQuery } from "./queries";
import css from "./status.module.css";

/** What each rule of retention will remove next. Not shown if there are no rules. */
export function Retention() {
  const query = useQuery(retentionQuery());
  const plan = query.data;
  if (plan === undefined) {
    return query.isError ? (
      <Card title="Retention">
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    ) : null;
  }
  if (plan.rules.length === 0) return null;
  return (
    <Card title="Retention">
      <p className={css.hint}>What the rules will remove next, within an hour at the latest.</p>
      <ul className={css.list} aria-label="Retention">
        {plan.rules.map((rule, k) => (
          <Rule key={`${rule.rule} ${k}`} rule={rule} />
        ))}
      </ul>
    </Card>
  );
}

function Rule({ rule }: { rule: RemovableByRule }) {
  const [first] = rule.first;
  return (
    <li>
      <span className={css.name}>{rule.rule}</span>
      <span className={css.detail}>{rule.age_seconds === null ? "kept" : amount(rule)}</span>
      {rule.files > 0 && (
        <p className={css.detail}>
          {rule.members > 0 && <>with {plural(rule.members, "member")} · </>}
          {rule.what !== "raw" && <>{plural(rule.row_count, "row")} · </>}
          {first && (
            <>
              first:{" "}
              <Link href={fileHref(first.file_id)} className={css.link}>
                {first.filename}
              </Link>
              , uploaded <Ago at={first.upload_time} />
            </>
          )}
        </p>
      )}
    </li>
  );
}

/** Files, and the raw bytes that go with them. */
function amount(rule: RemovableByRule): string {
  if (rule.files === 0) return "nothing";
  const files = plural(rule.files, "file");
  return rule.what === "readings" ? files : `${files}, ${bytes(rule.size_bytes)}`;
}
