"""What every room uses and nothing of the subject: errors, months, whole files, progress."""
