"""The program without a screen: everything the window and the terminal share."""
