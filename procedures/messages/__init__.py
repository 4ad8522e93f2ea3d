"""What leaves the house after a commit: mails over SMTP, webhook deliveries over HTTP."""
