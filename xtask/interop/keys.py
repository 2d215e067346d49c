"""Which keys the litellm proxy takes. Without a database it calls every key but its own a bad request (400, "No connected
db."); with a function for keys, which deployments with accounts of their own have, it answers 401 as they do."""

import os

from fastapi import HTTPException
from litellm.proxy._types import UserAPIKeyAuth


async def check(request, api_key):
    if api_key.removeprefix("Bearer ") == os.environ["INTEROP_KEY"]:
        return UserAPIKeyAuth(api_key=api_key)
    raise HTTPException(status_code=401, detail="this key is not known")
