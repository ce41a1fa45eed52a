"""What every room uses, apart from the subject: errors, months, whole files, progress."""
