// How WuKongIM's binary connections seal what they say: a key by X25519, payloads by AES-128-CBC, a message key over
// the fields that must not be changed. One connection's keys; the relay alone has them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "wire/wukongim.h"

namespace hy::wire::wukongim {

class Sealing {
public:
    // From the client's public key (Base64). Nothing: it is none. The server's own, Base64, goes into `server_key`.
    static std::optional<Sealing> agree(std::string_view client_key, std::string& server_key);
    Sealing(std::string key, std::string salt) : key_(std::move(key)), salt_(std::move(salt)) {}
    // The initial vector of all that is sealed: 16 characters, told to the client.
    const std::string& salt() const { return salt_; }

    // Base64 text on the wire; nothing where it was not sealed here.
    std::optional<std::string> open(std::string_view payload) const;
    std::string seal(std::string_view plain) const;
    // Whether the packet is as the client sealed it.
    bool genuine(const Send& send) const;
    // Over a packet whose payload is sealed already.
    std::string key_of(const Recv& recv, std::string_view payload) const;

private:
    std::string message_key(std::string_view sign) const;
    std::string key_, salt_;
};

}  // namespace hy::wire::wukongim
