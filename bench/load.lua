-- One script for every workload: what to send comes in the environment.
local kind, method, path = os.getenv("W_KIND"), os.getenv("W_METHOD"), os.getenv("W_PATH")
local body = os.getenv("W_BODY")
local count = tonumber(os.getenv("W_BASE") or "0")

wrk.method, wrk.body = method, body
for _, name in ipairs({ "content-type", "cookie", "authorization" }) do
  wrk.headers[name] = os.getenv("W_" .. name:upper())
end

local fixed
function init() math.randomseed(count + 1); fixed = wrk.format(method, path, nil, body) end

local kinds = {
  same = function() return fixed end,
  insert = function()
    count = count + 1
    return wrk.format("POST", path, nil, string.format(
      '{"user_id":%d,"course_id":%d,"org_id":7,"role":"student"}', count, 1 + count % 20))
  end,
  key = function()
    return wrk.format("GET", path .. "?input=%7B%22id%22%3A" .. math.random(1, 100000) .. "%7D")
  end,
  mixed = function()
    count = count + 1
    if count % 3 == 0 then return wrk.format("GET", "/rpc/system.health") end
    if count % 3 == 1 then return wrk.format("POST", "/rpc/enrollment.list", nil, "{}") end
    return wrk.format("GET", "/rpc/enrollment.list?input=%7B%22limit%22%3A" .. (1 + count % 200) .. "%7D")
  end,
  enroll = function()
    count = count + 1
    return wrk.format("POST", path, nil, string.format(
      '{"userId":"usr_%d","courseId":"crs_%d"}', count % 5000, math.floor(count / 5000)))
  end,
}
request = kinds[kind]

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"us":%d,"p50":%.0f,"p99":%.0f,"bad":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
