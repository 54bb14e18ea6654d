// What tests of the wukongim door share: handlers that let u1 in, users of both protocols, pushes.
#pragma once
#include <boost/test/unit_test.hpp>

#include "json/writer.h"
#include "support.h"
#include "support/wukong.h"

namespace hy::relay::test::wukongim {

using hy::json::Value;
namespace json = hy::json;
namespace wk = hy::test::wukong;

inline constexpr const char* kOpen1 =
    R"({"v":1,"session":"s1","topics":["live.account.3","live.channel.20"],)"
    R"("view":{"door":"wukongim","uid":"u1","principal":"account.3","tenant":"account.3","kicks":["account.3"]}})";

inline std::string refusal(int code) {
    return R"({"v":1,"close":{"code":)" + std::to_string(code) + R"(,"reason":"no"}})";
}

// Handlers that let u1 in, and answer each send with number 5.
struct World : Stack {
    explicit World(const std::function<void(hy::Config&)>& change = {})
        : Stack([&](hy::Config& config) {
              config.wukongim.tcp_listen = "127.0.0.1:0";
              if (change) change(config);
          }) {
        handlers->on("ask.wukongim.open", [](const Value&) { return kOpen1; });
        handlers->on("ask.wukongim.ready", [](const Value&) { return R"({"v":1,"heads":[[20,0]]})"; });
        handlers->on("ask.wukongim.close", [](const Value&) { return R"({"v":1})"; });
        handlers->on("ask.wukongim.frames", [](const Value& ask) {
            json::Writer w;
            w.begin_object().field("v", 1).key("out").begin_array();
            for (const Value& op : *ask.find("frames")->array())
                w.begin_object()
                    .field("op", "sent")
                    .field("ref", op.text_or("ref"))
                    .field("id", "77")
                    .field("seq", 5)
                    .end_object();
            w.end_array().end_object();
            return std::move(w).take();
        });
    }
    std::unique_ptr<Client> web() {
        auto client = std::make_unique<Client>(relay->port());
        BOOST_REQUIRE_EQUAL(client->handshake("/im/stream"), 101);
        return client;
    }
};

// Speaks JSON-RPC.
struct JsonUser {
    explicit JsonUser(World& world, bool connect = true) : client(world.web()) {
        if (!connect) return;
        client->text(
            R"({"jsonrpc":"2.0","id":"c","method":"connect","params":{"uid":"u1","token":"t","deviceFlag":1}})");
        const auto answer = next();
        BOOST_REQUIRE(answer.find("result"));
        BOOST_REQUIRE_EQUAL(answer.find("result")->int_or("reasonCode"), 1);
    }
    Value next() {
        const std::string text = client->next_text();
        auto value = json::parse(text);
        BOOST_REQUIRE_MESSAGE(value.has_value(), text);
        return *value;
    }
    Value recv() {
        const Value push = next();
        BOOST_REQUIRE_EQUAL(push.text_or("method"), "recv");
        return *push.find("params");
    }
    void ack(const Value& params) {
        client->text(R"({"method":"recvack","params":{"header":{},"messageId":")" + params.text_or("messageId") +
                     R"(","messageSeq":)" + std::to_string(params.int_or("messageSeq")) + "}}");
    }
    // What came before is dealt with when this returns.
    void ping() {
        client->text(R"({"id":"p","method":"ping"})");
        BOOST_REQUIRE_EQUAL(next().text_or("id"), "p");
    }
    std::unique_ptr<Client> client;
};

// Speaks the binary protocol, on a WebSocket.
struct BinaryUser {
    explicit BinaryUser(World& world, int version = 2) : client(world.web()), side(version) {
        client->frame(2, side.connect("u1", "t"));
        BOOST_REQUIRE_EQUAL(side.connack(next()), 1);
    }
    std::string next() {
        while (auto seen = client->next()) {
            if (seen->opcode == 9) client->frame(10, seen->payload);
            if (seen->opcode == 2) return seen->payload;
            if (seen->opcode == 8) return "closed " + std::to_string(seen->code());
        }
        return "nothing";
    }
    std::unique_ptr<Client> client;
    wk::Side side;
};

inline std::string person(int64_t seq, const std::string& from, const std::string& more = {}) {
    return R"({"v":1,"kind":"message","channel":9,"seq":)" + std::to_string(seq) + R"(,"at":1705312800123,"id":")" +
           std::to_string(1000 + seq) + R"(","sender":{"type":"account","n":4,"id":")" + from +
           R"("},"peers":["u1","u2"],"form":"wk","raw":")" + hy::base64("p" + std::to_string(seq)) +
           R"(","content":{"kind":"custom","text":""})" + more + "}";
}
inline std::string group(int64_t seq, const std::string& from, const std::string& more = {}) {
    return R"({"v":1,"kind":"message","channel":20,"seq":)" + std::to_string(seq) + R"(,"at":1705312800123,"id":")" +
           std::to_string(2000 + seq) + R"(","sender":{"type":"account","n":4,"id":")" + from +
           R"("},"group":"g1","content":{"kind":"text","text":"t)" + std::to_string(seq) + R"("})" + more + "}";
}

inline std::string payload(const Value& params) { return hy::from_base64(params.text_or("payload")).value_or("?"); }

}  // namespace hy::relay::test::wukongim
