// The HTTP half of a connection: reads one request's head and says what to answer. It
// knows no tokens: who may come in is the open handler's to say.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace hy::relay {

struct Handshake {
    enum class Verdict { refused, health, upgrade };
    Verdict verdict = Verdict::refused;
    std::string answer;  // of a refusal or an upgrade: the whole HTTP answer
    std::string path;
    std::map<std::string, std::string> query, headers;  // headers: those an open may see
    std::string real_ip;                                // what X-Real-IP says, unproven
};

inline constexpr size_t kHeadLimit = 8192;

// `head` ends with the empty line. `known` says whether a door lives at a path.
Handshake read_handshake(std::string_view head, const std::function<bool(std::string_view path)>& known);

// A whole HTTP answer that ends the connection. `extra`: header lines, each with its CRLF.
std::string plain_answer(int status, std::string_view body, std::string_view type = "text/plain; charset=utf-8",
                         std::string_view extra = {});

// RFC 6455, 4.2.2: what proves that the key was read.
std::string accept_key(std::string_view key);

}  // namespace hy::relay
