//! Whom the program believes to be GitLab (catalogue E27). Certificates and servers are made by the
//! program `openssl`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{expect, home, sandbox};
use crate::child::Home;

const CONFIG: &str = "
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[ours]
subjectAltName = DNS:localhost
[other]
subjectAltName = DNS:gitlab.example.com
[ca]
default_ca = register
[register]
database = register.txt
serial = serial.txt
new_certs_dir = .
default_md = sha256
policy = policy
[policy]
commonName = supplied
";

/// A folder with two authorities and what they have signed.
struct Certificates(TempDir);

impl Certificates {
    fn made() -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        fs::write(made.path().join("config"), CONFIG).unwrap();
        fs::write(made.path().join("register.txt"), "").unwrap();
        fs::write(made.path().join("serial.txt"), "01\n").unwrap();
        for authority in ["known", "unknown"] {
            made.self_signed(authority, "authority");
        }
        made.self_signed("self-signed", "ours");
        let lasting = ["20200101000000Z", "20491231235959Z"];
        made.signed("good", "known", "ours", lasting);
        made.signed("expired", "known", "ours", ["20200101000000Z", "20200201000000Z"]);
        made.signed("elsewhere", "known", "other", lasting);
        made.signed("by-nobody", "unknown", "ours", lasting);
        made
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    #[track_caller]
    fn openssl(&self, arguments: &[&str]) {
        let run = Command::new("openssl").args(arguments).current_dir(self.path()).output();
        let run = run.expect("the program `openssl` is there (scripts/test installs it)");
        assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    }

    /// A new key and a request or certificate for it.
    fn requested(&self, name: &str, more: &[&str]) {
        let (key, subject) = (format!("{name}.key"), format!("/CN={name}"));
        let request = [
            "req",
            "-config",
            "config",
            "-new",
            "-nodes",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-keyout",
            &key,
            "-subj",
            &subject,
        ];
        self.openssl(&[&request, more].concat());
    }

    fn self_signed(&self, name: &str, kind: &str) {
        let file = format!("{name}.pem");
        self.requested(name, &["-x509", "-days", "2", "-extensions", kind, "-out", &file]);
    }

    fn signed(&self, name: &str, by: &str, kind: &str, [from, to]: [&str; 2]) {
        let files = [name, name, by, by].map(str::to_owned);
        let [request, certificate, authority, key] = files;
        let request = format!("{request}.request");
        self.requested(name, &["-out", &request]);
        self.openssl(&[
            "ca",
            "-batch",
            "-config",
            "config",
            "-notext",
            "-in",
            &request,
            "-out",
            &format!("{certificate}.pem"),
            "-cert",
            &format!("{authority}.pem"),
            "-keyfile",
            &format!("{key}.key"),
            "-extensions",
            kind,
            "-startdate",
            from,
            "-enddate",
            to,
        ]);
    }

    /// A server with this certificate that answers every request with a page.
    fn serve(&self, name: &str, more: &[&str]) -> Server {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-www"])
            .args(["-cert", &format!("{name}.pem"), "-key", &format!("{name}.key")])
            .args(more)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.map_while(Result::ok).find(|line| line.starts_with("ACCEPT "));
        let line = line.unwrap_or_else(|| panic!("`openssl s_server` with {name} {more:?} ended"));
        let (_, port) = line.rsplit_once(':').unwrap();
        Server { port: port.trim().parse().unwrap(), child }
    }
}

struct Server {
    port: u16,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e27_only_a_server_with_a_certificate_for_its_name_is_spoken_to() {
    let sandbox = sandbox().await;
    let certificates = Certificates::made();
    let known = certificates.path().join("known.pem");
    let home = |server: &Server| -> Home {
        home(&sandbox)
            .with("LANDFALL_GITLAB_URL", format!("https://localhost:{}", server.port))
            .with("SSL_CERT_FILE", known.to_str().unwrap())
    };
    let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    for (name, more, cause) in [
        ("expired", &[][..], "expired"),
        ("elsewhere", &[], "not valid for name"),
        ("self-signed", &[], ""),
        ("by-nobody", &[], "UnknownIssuer"),
        ("good", &old, ""),
    ] {
        let server = certificates.serve(name, more);
        let told = home(&server).run(&["check"]);
        let found = "who answers for GitLab can't be trusted (certificate or TLS version)";
        expect(&told, 1, &[found, "certificate renewed"], &["gitlab_untrusted", cause]);
        // The names in a certificate are a stranger's words.
        assert!(!told.err.contains("gitlab.example.com"), "{name}: {told:#?}");
    }
    // The same server, client and authority, and all is right: GitLab's API does not answer there, but
    // somebody who may does.
    let server = certificates.serve("good", &[]);
    let told = home(&server).run(&["check"]);
    expect(&told, 1, &["an HTML page instead of an answer"], &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e27_a_service_that_meets_a_wrong_certificate_takes_webhooks_in_and_tells() {
    let sandbox = sandbox().await;
    let certificates = Certificates::made();
    let server = certificates.serve("expired", &[]);
    let home = super::restart::with_secret_file(home(&sandbox), super::restart::TOKEN)
        .with("LANDFALL_GITLAB_URL", format!("https://localhost:{}", server.port))
        .with("SSL_CERT_FILE", certificates.path().join("known.pem").to_str().unwrap());
    let serving = home.serve();
    let alarm = serving.hear("alarm", "gitlab_untrusted");
    assert!(alarm.contains("expired"), "{alarm}");
    assert_eq!(super::restart::deliver(&serving, super::restart::TOKEN, "1"), 200);
    assert!(serving.terminate().status.success());
}
