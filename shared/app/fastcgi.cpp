// The only file that knows fcgiapp.h.
#include "app/fastcgi.h"

#include <Poco/Net/HTTPResponse.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>

#include "api/pipeline.h"
#include "app/process.h"
#include "base/lifecycle.h"
#include "base/log.h"
#include "base/text.h"

namespace hy::app {

namespace {

class FastCgiBody final : public http::BodySource {
public:
    explicit FastCgiBody(FCGX_Stream* in) : in_(in) {}
    size_t read(char* out, size_t size) override {
        const int got = FCGX_GetStr(out, static_cast<int>(size), in_);
        ended_ = got <= 0;
        return got > 0 ? static_cast<size_t>(got) : 0;
    }
    bool ended() const { return ended_; }

private:
    FCGX_Stream* in_;
    bool ended_ = false;
};

std::string param(const FCGX_Request& request, const char* name) {
    const char* value = FCGX_GetParam(name, request.envp);
    return value ? value : "";
}

http::Request read_request(const FCGX_Request& from) {
    http::Request request;
    request.method = param(from, "REQUEST_METHOD");
    request.target = param(from, "REQUEST_URI");  // raw: what nginx routed on
    request.address = param(from, "REMOTE_ADDR");
    request.request_id = param(from, "HONGYAN_REQUEST_ID");
    if (request.request_id.empty()) request.request_id = random_hex32();
    request.content_length = to_int(param(from, "CONTENT_LENGTH")).value_or(0);
    request.headers["content-type"] = param(from, "CONTENT_TYPE");
    for (char** entry = from.envp; *entry; ++entry) {
        const std::string_view text = *entry;
        if (!text.starts_with("HTTP_")) continue;
        const size_t equals = text.find('=');
        std::string name = lower(text.substr(5, equals - 5));
        for (char& c : name)
            if (c == '_') c = '-';
        request.headers[name] = text.substr(equals + 1);
    }
    return request;
}

// nginx passes the line on as it is; without a reason its last space would be missing (RFC 9112, 4).
const std::string& reason(int status) {
    using Poco::Net::HTTPResponse;
    return HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(status));
}

void write_response(const http::Response& response, FCGX_Stream* out) {
    std::string head = "Status: " + std::to_string(response.status) + " " + reason(response.status) + "\r\n";
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
    head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
    FCGX_PutStr(head.data(), static_cast<int>(head.size()), out);
    FCGX_PutStr(response.body.data(), static_cast<int>(response.body.size()), out);
}

// Tells one thread that a connection may be there, or that it is time to end. Each thread has an epoll of its own
// and takes part exclusively: a connection wakes one thread of one process, where poll would wake them all for
// one to get it.
class Doorbell {
public:
    explicit Doorbell(const StopSignal& stop) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        watch(0, EPOLLIN | EPOLLEXCLUSIVE);
        watch(stop.fd(), EPOLLIN);
    }
    // False when nothing came within `ms`; -1 waits for ever.
    bool wait(int ms) {
        epoll_event event;
        return epoll_wait(epoll_.get(), &event, 1, ms) > 0;
    }

private:
    void watch(int fd, uint32_t events) {
        epoll_event event{};
        event.events = events;
        if (!epoll_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
            throw std::system_error(errno, std::generic_category(), "epoll");
    }
    Fd epoll_;
};

// Whether all that the peer sent was read. The library shuts a connection down, waits for its peer and reads until
// the end before it closes, lest the answer be lost with what is unread: three calls and a sleep that nobody needs
// here. A unix socket keeps what was written to it.
bool nothing_unread(const FCGX_Request& request, const http::Request& incoming, const FastCgiBody& body) {
    int unread = 0;
    return (incoming.content_length == 0 || body.ended()) && ioctl(request.ipcFd, FIONREAD, &unread) == 0 &&
           unread == 0;
}

// Silence after which the lines of the log that wait are written.
constexpr int kQuietMs = 50;

// When something was asked last, and whether something is being answered.
struct Activity {
    std::atomic<int64_t> last_us{monotonic_us()};
    std::atomic<int> running{0};
    void begin() { ++running; }
    void end() {
        last_us = monotonic_us();
        --running;
    }
    int64_t idle_ms() const { return running > 0 ? 0 : (monotonic_us() - last_us) / 1000; }
};

// One thread's life. The listener does not block: a thread that is done takes the next connection at once, and
// waits for the bell only when there is none.
void accept_loop(api::Pipeline& pipeline, const StopSignal& stop, Activity& activity, bool local) {
    FCGX_Request request;
    FCGX_InitRequest(&request, 0, 0);
    Doorbell bell(stop);
    log::Gathering gathering;
    while (!stop.stopped()) {
        if (FCGX_Accept_r(&request) < 0) {
            if (bell.wait(kQuietMs)) continue;
            gathering.flush();
            bell.wait(-1);
            continue;
        }
        activity.begin();
        FastCgiBody body(request.in);
        http::Request incoming = read_request(request);
        incoming.body = &body;
        write_response(pipeline.handle(incoming), request.out);
        if (local && nothing_unread(request, incoming, body)) FCGX_Detach(&request);
        FCGX_Finish_r(&request);
        activity.end();
    }
    FCGX_Free(&request, 1);
}

// The family of a listening socket; nothing: it is none.
std::optional<int> family_of(int fd) {
    int family = 0;
    socklen_t size = sizeof family;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) return std::nullopt;
    return family;
}

// Until a signal, or until nobody has asked anything for `idle_exit_s`; true for the latter.
bool wait_for_end(const Activity& activity, int64_t idle_exit_s) {
    if (idle_exit_s == 0) return wait_for_signal(), false;
    for (;;) {
        const int64_t left_ms = idle_exit_s * 1000 - activity.idle_ms();
        if (left_ms <= 0) return true;
        if (wait_for_signal_ms(left_ms) != 0) return false;
    }
}

}  // namespace

int serve_fastcgi(const api::Group& group, int argc, char** argv) try {
    int exit_code = 0;
    const auto config = start(argc, argv, group.name, exit_code);
    if (!config) return exit_code;
    const auto family = family_of(0);
    if (!family) {
        fprintf(stderr, "%s: a listening socket is wanted as file descriptor 0 (supervisord or systemd passes it)\n",
                group.name);
        return 2;
    }
    // A connection on which nothing comes within that time (ms) is closed without a word. nginx
    // has the whole request when it connects, but on a busy host it may not get to write it at once.
    setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "5000", 1);
    // The library waits this long for a peer that does not close; its default is 2 s.
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "20", 1);
    FCGX_Init();
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);

    const auto threads = static_cast<int>(config->http.threads);
    Running running(*config, group.name, threads + 1);
    if (!running.schema_fits()) return 1;
    running.services().store = files::open_store(*config, running.services().clock);
    api::Pipeline pipeline(group, running.services());
    StopSignal stop;
    std::vector<std::thread> workers;
    Activity activity;
    for (int i = 0; i < threads; ++i)
        workers.emplace_back([&] { accept_loop(pipeline, stop, activity, family == AF_UNIX); });
    log::info("serving", {{"threads", threads}, {"version", HONGYAN_VERSION}});
    // Who comes from now on waits in the socket's queue, for the process that its holder starts next.
    const bool idle = wait_for_end(activity, config->http.idle_exit_seconds);
    stop.stop();
    for (auto& worker : workers) worker.join();
    log::info("stopped", {{"idle", idle}});
    return idle ? kIdleExit : 0;
} catch (const std::exception& fault) {
    return say_why(group.name, fault);
}

}  // namespace hy::app
