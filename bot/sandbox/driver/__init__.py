"""What runs inside a sandbox as PID 1. Shipped in the image, so it imports nothing of Roundtable.

It speaks frames on stdin and stdout: 4 bytes length (big-endian, of what follows), 1 byte kind, body. Kind `J` is
a JSON object, `D` raw bytes. Requests are `run`, `put` (then D frames), `changed`, `get`, `kill` and `ping`; the
replies are described in frames.py, which trusts none of them: the code that runs in here is hostile. Paths are
relative to the workspace and travel as the Latin-1 reading of their bytes.
"""
