"""Notifications: webhooks, their messages and how these are delivered."""
