"""Real servers, a headless client and waiting: what tests of several folders share."""
