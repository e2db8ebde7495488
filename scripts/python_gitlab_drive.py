"""Drives a GitLab, or the sandbox, with python-gitlab: a client we did not write.

Usage: python_gitlab_drive.py URL TOKEN [PROJECT]
The token must belong to a Maintainer of the project (default: landfall/tracker).
"""

import sys

import gitlab

checks = 0


def check(holds, what):
    """Counts a check; ends the run when it does not hold."""
    global checks
    if not holds:
        sys.exit(f"python-gitlab: {what}: does not hold")
    checks += 1


def refused(call, status, what):
    """Checks that a call is refused with this status."""
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        check(error.response_code == status, f"{what}: got {error.response_code}, not {status}")
    else:
        check(False, f"{what} is refused")


def main(url, token, path="landfall/tracker"):
    """Walks through what Landfall needs of a GitLab."""
    server = gitlab.Gitlab(url, private_token=token)
    server.auth()
    check(server.user.username, "the token has a user")
    check(server.version()[0][0].isdigit(), "the server names its version")
    me = server.personal_access_tokens.get("self")
    check("api" in me.scopes and me.active, "the token is alive and has the scope api")

    project = server.projects.get(path)
    check(project.path_with_namespace == path, "the project is found by its path")
    check(server.projects.get(project.id).path_with_namespace == path, "and by its number")

    label = project.labels.create({"name": "driven::first", "color": "#1068bf"})
    check(label.name == "driven::first", "a label is created")
    duplicate = {"name": "driven::first", "color": "#000000"}
    refused(lambda: project.labels.create(duplicate), 409, "a second label of that name")

    issue = project.issues.create({"title": "Driven by python-gitlab", "labels": ["driven::first"]})
    check(issue.state == "opened" and issue.labels == ["driven::first"], "an issue is opened")
    issue.labels = ["driven::first", "driven::second"]
    issue.description = "- [x] one\n- [ ] two"
    issue.save()
    issue = project.issues.get(issue.iid)
    check(set(issue.labels) == {"driven::first", "driven::second"}, "labels are replaced")
    check(issue.task_completion_status == {"count": 2, "completed_count": 1}, "tasks are counted")
    project.issues.update(issue.iid, {"remove_labels": "driven::first"})
    check(project.issues.get(issue.iid).labels == ["driven::second"], "a label is removed")

    events = issue.resourcelabelevents.list(get_all=True)
    said = [(event.action, event.label["name"]) for event in events]
    first, second = "driven::first", "driven::second"
    check(said == [("add", first), ("add", second), ("remove", first)], "label events tell it all")
    check(sorted(e.id for e in events) == [e.id for e in events], "and are numbered in order")
    check(issue.resourcelabelevents.get(events[0].id).action == "add", "one event is found")

    for number in range(5):
        issue.notes.create({"body": f"note {number}"})
    comments = {"sort": "asc", "activity_filter": "only_comments"}
    notes = issue.notes.list(iterator=True, per_page=2, **comments)
    check([note.body for note in notes] == [f"note {n}" for n in range(5)], "pages are walked")
    page = issue.notes.list(page=2, per_page=2, get_all=False, **comments)
    check([note.body for note in page] == ["note 2", "note 3"], "a single page is read")
    check(len(issue.notes.list(get_all=True, activity_filter="only_activity")) > 0, "system notes")
    note = issue.notes.list(get_all=True, **comments)[0]
    note.body = "edited"
    note.save()
    check(issue.notes.get(note.id).body == "edited", "a note is edited")
    note.awardemojis.create({"name": "eyes"})
    check([award.name for award in note.awardemojis.list(get_all=True)] == ["eyes"], "a reaction")
    refused(lambda: note.awardemojis.create({"name": "eyes"}), 404, "the same reaction again")
    note.delete()
    refused(lambda: issue.notes.get(note.id), 404, "a deleted note")

    member = project.members_all.get(server.user.id)
    check(member.access_level >= 40, "the token's user is a maintainer")
    refused(lambda: project.members_all.get(987654321), 404, "somebody unknown as a member")

    hook = project.hooks.create({"url": "http://127.0.0.1:9/nobody", "issues_events": True})
    check(hook.issues_events and not hook.note_events, "a hook is created")
    hook.note_events = True
    hook.save()
    check(project.hooks.get(hook.id).note_events, "and edited")
    hook.delete()
    check(hook.id not in [h.id for h in project.hooks.list(get_all=True)], "and deleted")

    template = {
        "file_path": ".gitlab/issue_templates/Driven.md",
        "branch": "main",
        "content": "Hello",
        "commit_message": "Add an issue template",
    }
    project.files.create(template)
    stored = project.files.get(template["file_path"], ref="main")
    check(stored.decode() == b"Hello", "a file is stored and read")

    project.issues.update(issue.iid, {"state_event": "close"})
    opened = project.issues.list(state="opened", get_all=True)
    closed = project.issues.list(state="closed", labels=["driven::second"], get_all=True)
    check(issue.iid not in [i.iid for i in opened], "a closed issue is not among the open ones")
    check(issue.iid in [i.iid for i in closed], "but among the closed ones of its label")
    print(f"python-gitlab: {checks} checks passed")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
