"""An MCP server that the official Python client instruments, and a conversation with it.

What to do comes as JSON on standard input: `{"calls": [{"tool", "arguments", "user_intent"?, "purpose"?}]}`. A call of the tool
"capability" asks for a capability, whatever the client's version calls the tool for that. Where to send to stands in the environment,
as the client's README says: ANALYTICS_INGEST_URL and ANALYTICS_INGEST_API_KEY.

On standard output: `{"results": [{"result"} or {"error"}], "delivery_errors": [{"code", "status", "attempts"}]}`.
"""

import asyncio
import json
import sys

from armature_mcp_analytics import instrument_fastmcp
from fastmcp import Client, FastMCP

delivery_errors = []


def note(error, batch):
    fields = ("code", "status", "attempts")
    delivery_errors.append(
        {"text": str(error), **{field: getattr(error, field, None) for field in fields}}
    )


shop = FastMCP("Shop")
instrument_fastmcp(shop, {"armature": {"delivery": "await", "on_error": note}})


@shop.tool
def search_docs(query: str) -> dict:
    """Search the documentation."""
    found = [{"title": "Refunds"}] if "refund" in query else []
    return {"query": query, "total": len(found), "results": found}


@shop.tool
def refund_order(order: str) -> dict:
    """Give the money of an order back."""
    if order == "none":
        raise ValueError("order none was not found")
    return {"refunded": order}


def schema(tool):
    """The schema of a tool's arguments, by the names of both generations of the protocol's library."""
    return getattr(tool, "input_schema", None) or tool.inputSchema


def telemetry(call, tool):
    """What an agent says beside its arguments: only fields that the tool offers."""
    offered = json.dumps(schema(tool))
    said = {}
    if call.get("user_intent"):
        said["user_intent"] = call["user_intent"]
    if call.get("purpose"):
        said["call_purpose" if "call_purpose" in offered else "agent_thinking"] = call["purpose"]
    return {"telemetry": said} if said else {}


async def converse(calls):
    results = []
    async with Client(shop) as client:
        tools = {tool.name: tool for tool in await client.list_tools()}
        asks = next(name for name, tool in tools.items() if "capability" in schema(tool)["properties"])
        for call in calls:
            name = asks if call["tool"] == "capability" else call["tool"]
            arguments = {**call["arguments"], **telemetry(call, tools[name])}
            try:
                answer = await client.call_tool(name, arguments)
                results.append({"result": answer.data})
            except Exception as error:
                results.append({"error": str(error)})
    return results


results = asyncio.run(converse(json.load(sys.stdin)["calls"]))
json.dump({"results": results, "delivery_errors": delivery_errors}, sys.stdout)
