import { Button } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Message } from "./Message";

interface Props {
  /** The page that is shown; another one is tried again. */
  page: string;
  children: ReactNode;
}

interface State {
  error: Error | null;
  page: string;
}

/** Shows what to do if a page fails, instead of nothing. */
export class PageBoundary extends Component<Props, State> {
  override state: State = { error: null, page: this.props.page };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.page === state.page ? null : { error: null, page: props.page };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div role="alert">
        <Message
          icon={<TriangleAlert size={32} />}
          alone
          title="This page could not be shown"
          actions={<Button onClick={() => location.reload()}>Load the page again</Button>}
        >
          Nothing is lost: files that were received are processed. CSV Processor may have been
          updated since this page was loaded. The browser reports: {error.message}
        </Message>
      </div>
    );
  }
}
