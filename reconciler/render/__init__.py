"""Plans and events as text and JSON; decides nothing."""
