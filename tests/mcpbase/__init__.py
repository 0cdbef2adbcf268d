"""What both programs stand on."""
