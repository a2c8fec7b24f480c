import { CloseButton, Modal } from "@mantine/core";
import { useEffect, type ReactNode } from "react";
import css from "./dialog.module.css";

/**
 * A modal dialog over the page, which stays visible around it. The focus stays within it and returns
 * at its end to where it was; Escape and a click beside it close it.
 */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  size?: "md" | "xl" | "full";
  /** Buttons at its end. */
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { title, onClose, size = "md" } = props;
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={size === "full" ? "min(1240px, 100%)" : size}
      centered
      // Mantine locks the scroll by a <style> element, which the page's policy does not allow;
      // theme.css does it.
      lockScroll={false}
      // It is mounted while it is open.
      transitionProps={{ duration: 0 }}
      returnFocus={false}
    >
      <Modal.Overlay className={css.overlay} />
      {/* A className would be given to the layer that covers the window too. */}
      <Modal.Content classNames={{ content: css.box, inner: css.inner }}>
        <Modal.Body className={css.body}>
          <div className={css.head}>
            <Modal.Title className={css.title}>{title}</Modal.Title>
            <CloseButton aria-label="Close" onClick={onClose} />
          </div>
          {props.children}
        </Modal.Body>
        {props.actions !== undefined && <div className={css.actions}>{props.actions}</div>}
      </Modal.Content>
    </Modal.Root>
  );
}
