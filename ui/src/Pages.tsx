import { lazy, Suspense } from "react";
import { Link, Route, Switch } from "wouter";
import { FILES } from "./addresses";
import { FilesPage } from "./files/FilesPage";
import { Shell } from "./layout/Shell";
import { Message } from "./states/Message";

// The first page people see is the list of files; the others come when they are asked for.
const FilePage = lazy(() => import("./file/FilePage"));
const SensorsPage = lazy(() => import("./sensors/SensorsPage"));
const SensorPage = lazy(() => import("./sensors/SensorPage"));

export function Pages() {
  return (
    <Shell>
      <Suspense fallback={null}>
        <Switch>
          <Route path={FILES} component={FilesPage} />
          <Route path="/files/:id">{({ id }) => <FilePage key={id} fileId={id} />}</Route>
          <Route path="/sensors" component={SensorsPage} />
          <Route path="/sensor" component={SensorPage} />
          <Route>
            <Message alone title="No such page" actions={<Link href={FILES}>To the files</Link>}>
              The address may be mistyped, or what was here has moved.
            </Message>
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
