// Poco reads the request from memory: a socket whose head is still coming is watched by
// its loop like any other, so that a thousand half-open handshakes cost no thread.
#include "handshake.h"

#include <Poco/MemoryStream.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>
#include <openssl/sha.h>

#include "base/encode.h"
#include "base/text.h"

namespace hy::relay {

namespace {

using Poco::Net::HTTPRequest;

constexpr const char* kPassedHeaders[] = {"authorization", "x-api-key", "user-agent", "origin"};

bool lists(const std::string& header, std::string_view token) {
    for (const std::string& part : split(header, ','))
        if (lower(trim(part)) == token) return true;
    return false;
}

void read_target(const std::string& target, Handshake& out) {
    const size_t mark = target.find('?');
    out.path = target.substr(0, mark);
    if (mark == std::string::npos) return;
    Poco::URI uri;
    uri.setRawQuery(target.substr(mark + 1));
    for (const auto& [name, value] : uri.getQueryParameters()) out.query.emplace(name, value);
}

std::string refusal(const HTTPRequest& request) {
    // Not by Poco's number, which is -1 for none.
    const bool body = request.get("Content-Length", "0") != "0" || request.getChunkedTransferEncoding();
    if (request.getVersion() != HTTPRequest::HTTP_1_1 || body) return plain_answer(400, "bad request\n");
    if (!lists(request.get("Upgrade", ""), "websocket"))
        return plain_answer(426, "a WebSocket is expected\n", "text/plain", "Upgrade: websocket\r\n");
    if (!lists(request.get("Connection", ""), "upgrade")) return plain_answer(400, "Connection: Upgrade is missing\n");
    if (request.get("Sec-WebSocket-Version", "") != "13")
        return plain_answer(426, "version 13 is spoken here\n", "text/plain", "Sec-WebSocket-Version: 13\r\n");
    const auto key = from_base64(request.get("Sec-WebSocket-Key", ""));
    if (!key || key->size() != 16) return plain_answer(400, "Sec-WebSocket-Key is no key\n");
    return {};
}

Handshake judge(const HTTPRequest& request, const std::function<bool(std::string_view)>& known) {
    Handshake out;
    read_target(request.getURI(), out);
    const bool health = out.path == "/healthz";
    if (!health && !known(out.path)) out.answer = plain_answer(404, "not found\n");
    else if (request.getMethod() != HTTPRequest::HTTP_GET)
        out.answer = plain_answer(405, "method not allowed\n", "text/plain", "Allow: GET\r\n");
    else if (health) out.verdict = Handshake::Verdict::health;
    else out.answer = refusal(request);
    if (!out.answer.empty() || health) return out;
    for (const char* name : kPassedHeaders)
        if (request.has(name)) out.headers.emplace(name, request.get(name));
    out.real_ip = request.get("X-Real-IP", "");
    out.verdict = Handshake::Verdict::upgrade;
    out.answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        accept_key(request.get("Sec-WebSocket-Key")) + "\r\n\r\n";
    return out;
}

}  // namespace

Handshake read_handshake(std::string_view head, const std::function<bool(std::string_view)>& known) {
    try {
        Poco::MemoryInputStream stream(head.data(), static_cast<std::streamsize>(head.size()));
        HTTPRequest request;
        request.read(stream);
        return judge(request, known);
    } catch (const std::exception&) {
        // Poco's MessageException, NoMessageException, SyntaxException, …: all of them the client's fault.
        Handshake out;
        out.answer = plain_answer(400, "bad request\n");
        return out;
    }
}

std::string plain_answer(int status, std::string_view body, std::string_view type, std::string_view extra) {
    const auto reason =
        Poco::Net::HTTPResponse::getReasonForStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
    std::string out = "HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\nContent-Type: ";
    out.append(type).append("\r\nContent-Length: ").append(std::to_string(body.size()));
    out.append("\r\nConnection: close\r\n").append(extra).append("\r\n").append(body);
    return out;
}

std::string accept_key(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace hy::relay
