"""What is done with an accepted file: documents, export, replay, deletion, resubmission."""
