const enrollments = await fetch(`${TIMEBACK_API_URL}/edubridge/enrollments/user/${userId}`, { headers: { Authorization: `Bearer ${accessToken}`, },})
