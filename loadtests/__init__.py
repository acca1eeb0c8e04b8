"""Load: phones that sync, people who browse, watchers that hold streams, files that go to S3 directly."""
