/** The object of a manage request. Who may manage a thing depends on the type of the thing. */
export type Thing =
  | {
      /**
       * The platform: everything that only an administrator may manage. Includes organizations, users, groups, aliases,
       * plans, restrictions and credits.
       */
      readonly type: 'platform'
    }
  | {
      /** An organization. To manage it is to create teams and virtual accounts in the organization. */
      readonly type: 'organization'
      /** The organization's id. */
      readonly id: string
    }
  | {
      /**
       * A team. To manage it is to suspend, activate, rename or delete the team, and to assign or unassign access
       * groups that the entitlement of the team's organization lists.
       */
      readonly type: 'team'
      /** The team's id. */
      readonly id: string
    }
  | {
      /** The members, the invitations and the virtual keys of a team, managed together. */
      readonly type: 'teamMembers'
      /** The team's id. */
      readonly id: string
    }
  | {
      /**
       * A virtual account. To manage it is to manage the account and its tokens, and to assign or unassign access
       * groups that the entitlement of the account's organization lists.
       */
      readonly type: 'virtualAccount'
      /** The virtual account's id. */
      readonly id: string
    }
  | {
      /** The settings, the models and the role grants of a provider account. */
      readonly type: 'providerAccount'
      /** The provider account's id. */
      readonly id: string
    }
  | {
      /**
       * The personal access tokens and the default team of a user. To manage them is also to accept or decline the
       * user's invitations, and to leave teams.
       */
      readonly type: 'userTokens'
      /** The user's id. */
      readonly id: string
    }
