// How a chat client of the third door (JSON-RPC) or the fourth (the document's form) says things, for the load generator:
// frames are looked at, not parsed.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "base/encode.h"

namespace hy::bench {

struct Person {
    std::string token, uid;
    size_t place = 0;  // in the swarm
};

// What one says, under which number.
struct Word {
    const std::string &to, number, client_no;
    bool to_group = false;
    size_t bytes = 0;
};

struct Tongue {
    std::string (*target)(const Person&);
    std::string (*hello)(const Person&);
    bool (*welcomed)(std::string_view frame);
    std::string (*say)(const Word& word);
    // The client's number of a message that is heard; empty: it is something else.
    std::string_view (*heard)(std::string_view frame);
    // Empty: nothing is said to it.
    std::string (*acknowledge)(std::string_view frame);
    // The number of the request that is answered, and whether it was taken.
    std::pair<std::string_view, bool> (*answered)(std::string_view frame);
};

// The text between `"name":"` and the next quote; empty: it is not there.
inline std::string_view member(std::string_view frame, std::string_view name) {
    const std::string key = "\"" + std::string(name) + "\":\"";
    const size_t from = frame.find(key);
    if (from == std::string_view::npos) return {};
    const std::string_view rest = frame.substr(from + key.size());
    return rest.substr(0, rest.find('"'));
}
inline bool has(std::string_view frame, std::string_view text) { return frame.find(text) != std::string_view::npos; }

inline const Tongue kJsonRpc = {
    [](const Person&) { return std::string("/im/stream"); },
    [](const Person& who) {
        return R"({"id":"c","method":"connect","params":{"uid":")" + who.uid + R"(","token":")" + who.token + "\"}}";
    },
    [](std::string_view frame) { return has(frame, "\"reasonCode\":1"); },
    [](const Word& word) {
        return R"({"id":")" + word.number + R"(","method":"send","params":{"channelId":")" + word.to +
               R"(","channelType":)" + (word.to_group ? "2" : "1") + R"(,"clientMsgNo":")" + word.client_no +
               R"(","payload":")" + base64(R"({"type":1,"content":")" + std::string(word.bytes - 25, 'x') + "\"}") +
               "\"}}";
    },
    [](std::string_view frame) {
        return has(frame, "\"method\":\"recv\"") ? member(frame, "clientMsgNo") : std::string_view();
    },
    [](std::string_view frame) {
        return R"({"method":"recvack","params":{"messageId":")" + std::string(member(frame, "messageId")) + "\"}}";
    },
    [](std::string_view frame) { return std::pair(member(frame, "id"), has(frame, "\"reasonCode\":1")); },
};

inline const Tongue kGateway = {
    [](const Person& who) { return "/msg_gateway?platformID=1&userID=" + who.uid + "&token=" + who.token; },
    // Answered when it has been let in.
    [](const Person&) { return std::string(R"({"type":"ping"})"); },
    [](std::string_view frame) { return has(frame, "pong"); },
    [](const Word& word) {
        return R"({"reqIdentifier":1001,"operationID":"bench","msgIncr":")" + word.number + R"(","data":{")" +
               (word.to_group ? "groupID" : "recvID") + R"(":")" + word.to + R"(","sessionType":)" +
               (word.to_group ? "3" : "1") + R"(,"contentType":101,"clientMsgID":")" + word.client_no +
               R"(","content":")" + std::string(word.bytes - 25, 'x') + "\"}}";
    },
    [](std::string_view frame) {
        return has(frame, "\"errCode\"") ? std::string_view() : member(frame, "clientMsgID");
    },
    [](std::string_view) { return std::string(); },
    [](std::string_view frame) { return std::pair(member(frame, "msgIncr"), has(frame, "\"errCode\":0")); },
};

}  // namespace hy::bench
