"""An RTSP server on GStreamer: run by the system's Python, which has it, and not by the project's.

Prints a line when it listens. Ends with its parent: when stdin closes.
"""

import argparse
import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96",
    "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=96",
}


def protect(server, kind, user, password):
    """Let only one user see the stream."""
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(getattr(GstRtsp.RTSPAuthMethod, kind.upper()))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if kind == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.add_digest(user, password, token)
    server.set_auth(auth)


def main():
    """Serve ``rtsp://127.0.0.1:PORT/live`` until stdin closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--rate", default="15")
    parser.add_argument("--codec", default="h264")
    parser.add_argument("--auth", default="")
    parser.add_argument("--user", default="viewer")
    parser.add_argument("--password-env", default="")
    given = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(given.port)
    width, height = given.size.split("x")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        "( videotestsrc is-live=true pattern=ball ! "
        f"video/x-raw,format=I420,width={width},height={height},framerate={given.rate}/1 ! "
        f"{ENCODERS[given.codec]} )"
    )
    factory.set_shared(True)
    server.get_mount_points().add_factory("/live", factory)
    if given.auth:
        protect(server, given.auth, given.user, os.environ[given.password_env])
        roles = Gst.Structure.new_from_string(
            "viewer, media.factory.access=true, media.factory.construct=true"
        )
        factory.add_role_from_structure(roles)
    if not server.attach(None):
        sys.exit("cannot listen")
    print(server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
