"""What every chat platform does alike: one table of scenarios, played on each platform by its own tests."""
