import { Suspense } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { FILES, SQL, STATUS } from "./addresses";
import { FilesPage } from "./files/FilesPage";
import { Shell } from "./layout/Shell";
import { Message } from "./states/Message";
import { PageBoundary } from "./states/PageBoundary";
import { PageLoading } from "./states/PageLoading";
import { part } from "./states/parts";

// The first page people see is the list of files; the others come after it.
const FilePage = part(() => import("./file/FilePage"));
const SensorsPage = part(() => import("./sensors/SensorsPage"));
const SensorPage = part(() => import("./sensors/SensorPage"));
const SqlPage = part(() => import("./sqlpage/SqlPage"));
const StatusPage = part(() => import("./status/StatusPage"));
const WebhooksPage = part(() => import("./webhooks/WebhooksPage"));
const ProfilesPage = part(() => import("./profiles/ProfilesPage"));

export function Pages() {
  const [location] = useLocation();
  return (
    <Shell>
      <PageBoundary page={location}>
        <Suspense fallback={<PageLoading />}>
          <Switch>
            <Route path={FILES} component={FilesPage} />
            <Route path="/files/:id">{({ id }) => <FilePage key={id} fileId={id} />}</Route>
            <Route path="/sensors" component={SensorsPage} />
            <Route path="/sensor" component={SensorPage} />
            <Route path={SQL} component={SqlPage} />
            <Route path={STATUS} component={StatusPage} />
            <Route path="/profiles/:name?">{({ name }) => <ProfilesPage name={name} />}</Route>
            <Route path="/webhooks/:id?">{({ id }) => <WebhooksPage id={id} />}</Route>
            <Route>
              <Message alone title="No such page" actions={<Link href={FILES}>To the files</Link>}>
                The address may be mistyped, or what was here has moved.
              </Message>
            </Route>
          </Switch>
        </Suspense>
      </PageBoundary>
    </Shell>
  );
}
