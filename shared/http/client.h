// Calls to third parties: bounded in connect time, total time and answer size, never
// following redirects. libcurl rather than Poco's client, which has no limit on a call as
// a whole (a peer that sends one byte a second holds it for ever).
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"

namespace hy::http {

struct Outgoing {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::string body_file = {};  // read while it is sent, instead of `body`
};

struct Answer {
    int status = 0;
    std::string body;
};

struct CallLimits {
    long connect_ms = 1000;
    long total_ms = 3000;
    size_t body_bytes = 64 << 10;
    // Where users say who is called: only the public internet and these networks. Judged for the address that is
    // really connected to, after names were resolved.
    bool outside_only = false;
    std::vector<std::string> allowed = {};
};

// Nothing when there was no whole answer in time; `why` is for the log.
std::optional<Answer> call(const Outgoing& request, const CallLimits& limits, std::string* why = nullptr);
// The body goes to `hear` as it comes, and not into the answer; false ends the call, which is answered then.
using Hear = std::function<bool(std::string_view)>;
std::optional<Answer> call(const Outgoing& request, const CallLimits& limits, const Hear& hear, std::string* why);
std::optional<Answer> get(const std::string& url, const CallLimits& limits, std::string* why = nullptr);

// http:// or https://, a host, no user name, no control characters or spaces.
bool is_web_address(const std::string& url);
// The same, and its host is no address of our own network and not "localhost". A name may still lead there: call()
// judges what it resolves to.
bool is_outside_address(const std::string& url, const std::vector<std::string>& allowed);

// At most so many calls at once, so that a hanging third party leaves threads for others.
class CallGate {
public:
    explicit CallGate(int most) : free_(most) {}
    bool enter() {
        if (free_.fetch_sub(1) > 0) return true;
        ++free_;
        return false;
    }
    void leave() { ++free_; }

private:
    std::atomic<int> free_;
};

// Enters the gate for as long as it lives; a full one is unavailable, `code`.
class CallPass {
public:
    CallPass(CallGate& gate, const char* code) : gate_(gate) {
        if (!gate_.enter()) throw Error(Fault::unavailable, code);
    }
    ~CallPass() { gate_.leave(); }
    CallPass(const CallPass&) = delete;

private:
    CallGate& gate_;
};

// One call at a time for each caller.
class OneEach {
public:
    bool enter(int64_t caller) {
        const std::lock_guard lock(mutex_);
        return inside_.insert(caller).second;
    }
    void leave(int64_t caller) {
        const std::lock_guard lock(mutex_);
        inside_.erase(caller);
    }

private:
    std::mutex mutex_;
    std::set<int64_t> inside_;
};

}  // namespace hy::http
