-- Sends over HTTP for wrk: lines "token partner" of the file HY_PAIRS in turn, payloads 70 % 256 B, 25 % 1 KB, 4 % 4 KB,
-- 1 % 16 KB. One thread alone; ends with the line that wrk_report.lua prints.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "wrk_report.lua")

local pairs_of_people, bodies, count = {}, {}, 0
local run = tostring(os.time()) .. "-"

function init(args)
    for line in io.lines(os.getenv("HY_PAIRS")) do
        local token, partner = line:match("^(%S+) (%S+)$")
        pairs_of_people[#pairs_of_people + 1] = {"Bearer " .. token, partner}
    end
    -- Base64 of {"type":1,"content":"xxx"}, three bytes at a time.
    for _, size in ipairs({256, 1024, 4096, 16384}) do
        bodies[#bodies + 1] = "eyJ0eXBlIjoxLCJjb250ZW50Ijoi" .. string.rep("eHh4", math.floor(size / 3) - 8) .. "eCJ9"
    end
end

function request()
    count = count + 1
    local pair, draw = pairs_of_people[count % #pairs_of_people + 1], math.random(100)
    local payload = bodies[draw <= 70 and 1 or draw <= 95 and 2 or draw <= 99 and 3 or 4]
    return wrk.format("POST", "/api/v1/im/message/send", {["Authorization"] = pair[1], ["Content-Type"] = "application/json"},
        '{"channelId":"' .. pair[2] .. '","channelType":1,"clientMsgNo":"' .. run .. count .. '","payload":"' ..
            payload .. '"}')
end
