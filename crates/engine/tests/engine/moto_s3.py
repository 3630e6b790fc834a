"""moto's server, with conditional writes as S3 keeps them.

moto looks whether a key is there and writes it afterwards, on a thread for
each request, so that of several racing writers two may be told that they were
first. S3 decides and writes in one step.
"""

import sys
import threading

from moto.s3.responses import S3Response
from moto.server import main

one_at_a_time = threading.Lock()
put_object = S3Response.put_object


def put_object_alone(response):
    with one_at_a_time:
        return put_object(response)


S3Response.put_object = put_object_alone
main(sys.argv[1:])
