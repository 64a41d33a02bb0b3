"""What bin/* does: sets up the environment and the servers, and runs connmon in them. Standard library only."""
