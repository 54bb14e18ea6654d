// WeCom under load: devices connected with heartbeats, reports at a rate, and how long until a report is answered and
// until the echo's command is pushed. Against a running stack with HONGYAN_RATE_LIMIT=off:
// wecom_load URL VAR [devices] [reports a second] [seconds] [rounds]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>

#include "base/ids.h"
#include "base/text.h"
#include "json/writer.h"
#include "support/http_client.h"
#include "support/web_socket.h"

using namespace hy;
using namespace hy::test;

namespace {

constexpr int kOfOne = 10;  // robots of an account
constexpr int kSenders = 8;
constexpr int kHeartbeatMs = 30'000;

struct Target {
    std::string url, var;
    int port = 0;
};

struct Device {
    std::string robot, token;
    std::unique_ptr<WebSocket> line;
    std::mutex busy;  // one report at a time, so that the next command is its answer
};

Headers bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
}

json::Value ask(const Target& to, const std::string& method, const std::string& path, const std::string& token,
                const std::string& body) {
    const auto answer = http(to.url, method, path, bearer(token), body);
    if (answer.status / 100 != 2)
        throw std::runtime_error(path + ": " + std::to_string(answer.status) + " " + answer.body);
    return answer.json();
}

std::string admin_token(const Target& to) {
    ask(to, "POST", "/api/user/send-sms", "", R"({"phone":"13800000000"})");
    std::ifstream file(to.var + "/log/sms.log");
    std::string code;
    for (std::string line; std::getline(file, line);)
        if (const auto sent = json::parse(line); sent && sent->text_or("phone") == "13800000000")
            code = sent->text_or("code");
    return ask(to, "POST", "/api/user/login", "", R"({"phone":"13800000000","code":")" + code + "\"}")
        .find("data")
        ->text_or("token");
}

// Ten robots of a new account, answered by the echo at once, each on a connected device.
void add_account(const Target& to, const std::string& admin, std::vector<std::unique_ptr<Device>>& devices) {
    const auto person = ask(to, "POST", "/ocms/auth/weapp/token", "", R"({"code":"load)" + random_text(16) + "\"}");
    const std::string owner = person.text_or("access_token");
    const auto codes = ask(to, "POST", "/api/admin/activation-codes", admin,
                           R"({"count":)" + std::to_string(kOfOne) + R"(,"validityPeriod":30,"boundUserId":)" +
                               person.text_or("user_id") + "}");
    for (const auto& code : *codes.find("data")->find("codes")->array()) {
        const auto done =
            ask(to, "POST", "/api/robot-ids/activate", "",
                R"({"code":")" + code.text_or("code") + R"(","deviceInfo":{"deviceId":")" + random_text(16) + "\"}}");
        auto device = std::make_unique<Device>();
        device->robot = done.find("data")->text_or("robotId");
        device->token = done.find("data")->text_or("token");
        ask(to, "PUT", "/api/robots/" + device->robot, owner,
            R"({"aiProvider":"echo","replyDelayMin":0,"replyDelayMax":0})");
        device->line = std::make_unique<WebSocket>(to.port, "/ws?robotId=" + device->robot + "&token=" + device->token);
        if (!device->line->live()) throw std::runtime_error("a device was not let in");
        devices.push_back(std::move(device));
    }
}

struct Times {
    std::mutex mutex;
    std::vector<int64_t> report, push;
    std::atomic<int> failed{0};
};

void report_once(const Target& to, Device& device, Times& times) {
    const std::lock_guard lock(device.busy);
    const std::string words = "load " + random_text(16);
    const int64_t from = monotonic_us();
    const auto answer = http(to.url, "POST", "/api/robot/messages", bearer(device.token),
                             R"({"robotId":")" + device.robot + R"(","spoken":")" + words + R"(","rawSpoken":")" +
                                 words + R"(","receivedName":"z","roomType":2,"timestamp":"x"})");
    const int64_t answered = monotonic_us() - from;
    const auto frame = device.line->next_json();
    const int64_t pushed = monotonic_us() - from;
    const auto* data = frame.find("data");
    if (answer.status != 200 || !data) {
        ++times.failed;
        return;
    }
    {
        const std::lock_guard kept(times.mutex);
        times.report.push_back(answered);
        times.push.push_back(pushed);
    }
    http(to.url, "POST", "/api/robot/command-result", bearer(device.token),
         R"({"robotId":")" + device.robot + R"(","commandId":")" + data->text_or("commandId") + R"(","errorCode":0})");
}

double at(std::vector<int64_t>& all, double share) {
    std::sort(all.begin(), all.end());
    return all.empty()
               ? 0
               : static_cast<double>(all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))]) / 1000;
}

int one_round(const Target& to, std::vector<std::unique_ptr<Device>>& devices, int rate, int seconds) {
    Times times;
    {
        std::vector<std::jthread> senders;
        const int64_t from = monotonic_us(), until = from + int64_t{1'000'000} * seconds;
        for (int k = 0; k < kSenders; ++k)
            senders.emplace_back([&, k] {
                const int64_t step = int64_t{1'000'000} * kSenders / rate;
                for (int64_t due = from + k * step / kSenders; due < until; due += step) {
                    std::this_thread::sleep_for(std::chrono::microseconds(std::max<int64_t>(0, due - monotonic_us())));
                    report_once(to, *devices[random_below(devices.size())], times);
                }
            });
    }
    printf(
        "devices=%zu reports=%zu failed=%d report_p50_ms=%.1f report_p99_ms=%.1f push_p50_ms=%.1f push_p99_ms=%.1f\n",
        devices.size(), times.report.size(), times.failed.load(), at(times.report, 0.5), at(times.report, 0.99),
        at(times.push, 0.5), at(times.push, 0.99));
    fflush(stdout);
    return times.failed;
}

int run(const Target& to, int count, int rate, int seconds, int rounds) {
    std::vector<std::unique_ptr<Device>> devices;
    const std::string admin = admin_token(to);
    while (static_cast<int>(devices.size()) < count) add_account(to, admin, devices);
    std::atomic<bool> stop{false};
    std::jthread heart([&] {
        for (int64_t beat = 0; !stop; ++beat) {
            std::this_thread::sleep_for(std::chrono::milliseconds(kHeartbeatMs / 100));
            for (size_t i = static_cast<size_t>(beat) % 100; i < devices.size(); i += 100)
                devices[i]->line->text(R"({"type":"ping"})");
        }
    });
    int failed = 0;
    for (int round = 0; round < rounds; ++round) failed += one_round(to, devices, rate, seconds);
    stop = true;
    return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return fprintf(stderr, "wecom_load URL VAR [devices] [reports a second] [seconds] [rounds]\n"), 2;
    const auto number = [&](int i, int otherwise) {
        return argc > i ? static_cast<int>(to_int(argv[i]).value_or(0)) : otherwise;
    };
    Target to{argv[1], argv[2], 0};
    to.port = static_cast<int>(to_int(to.url.substr(to.url.rfind(':') + 1)).value_or(0));
    try {
        return run(to, number(3, 1000), number(4, 50), number(5, 30), number(6, 1));
    } catch (const std::exception& e) {
        return fprintf(stderr, "wecom_load: %s\n", e.what()), 1;
    }
}
