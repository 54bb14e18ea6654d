// A request's head at the relay: every head gets one whole HTTP answer, only a WebSocket
// request for a door we have is let in, and a good request in any paths and values is.
#include "handshake.h"

#include <cstring>

#include "base/text.h"
#include "fuzz.h"
#include "http/message.h"

namespace {

using namespace hy::relay;
using hy::fuzz::expect;

constexpr std::string_view kPath = "/ocms/v1/stream";
bool known(std::string_view path) { return path == kPath; }

void check_refusal(const Handshake& shake) {
    const std::string& answer = shake.answer;
    expect(answer.starts_with("HTTP/1.1 4"), "a refusal is the client's fault");
    const size_t head = answer.find("\r\n\r\n");
    expect(head != std::string::npos, "a refusal is a whole answer");
    const std::string length = "Content-Length: " + std::to_string(answer.size() - head - 4) + "\r\n";
    expect(answer.find(length) < head, "its length is what it says");
    expect(shake.headers.empty(), "nothing of a refused request is passed on");
}

void check_upgrade(const Handshake& shake) {
    expect(shake.path == kPath, "only a door that is there is opened");
    constexpr std::string_view kHead =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
    expect(shake.answer.starts_with(kHead) && shake.answer.ends_with("=\r\n\r\n"), "an upgrade has the one form");
    expect(shake.answer.size() == kHead.size() + 28 + 4, "nothing of the request can be in the answer");
    for (const auto& [name, value] : shake.headers) {
        const bool passed = name == "authorization" || name == "x-api-key" || name == "user-agent" || name == "origin";
        expect(passed, "only four headers are passed on");
        expect(value.find_first_of("\r\n") == std::string::npos, "a value is one line");
    }
}

Handshake read(std::string_view head) {
    Handshake shake = read_handshake(head, known);
    if (shake.verdict == Handshake::Verdict::refused) check_refusal(shake);
    else if (shake.verdict == Handshake::Verdict::upgrade) check_upgrade(shake);
    else expect(shake.answer.empty(), "a question after health is answered by the connection");
    return shake;
}

// The input as one value of the query and of a header of a request that is right.
void good_request(std::string_view value) {
    std::string line = hy::http::percent_encode(value.substr(0, 1000));
    const std::string head = "GET " + std::string(kPath) + "?token=" + line +
                             "&a=b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, "
                             "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "X-Api-Key: " +
                             line + "\r\n\r\n";
    const Handshake shake = read(head);
    expect(shake.verdict == Handshake::Verdict::upgrade, "a right request is let in");
    expect(shake.query.at("token") == value.substr(0, 1000) && shake.query.at("a") == "b",
           "the query is what was sent");
    expect(line.empty() || shake.headers.at("x-api-key") == line, "a header is what was sent");
    const std::string front = head.substr(0, head.size() - 2);
    for (const char* length : {"5", "-5", "x", "-1"})
        expect(read(front + "Content-Length: " + length + "\r\n\r\n").verdict == Handshake::Verdict::refused,
               "no body");
    expect(shake.answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos, "the accept key of RFC 6455");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view head = hy::fuzz::view(data, size);
    read(head);
    good_request(head);
    return 0;
}
